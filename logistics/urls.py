"""Addresses of logistics, under a language."""

from django.urls import path

from . import views

app_name = "logistics"
urlpatterns = [
    path("<slug:slug>/who-pays/", views.who_pays, name="who-pays"),
    path("<slug:slug>/my/<str:token>/travel/", views.travel, name="travel"),
    path("<slug:slug>/my/<str:token>/travel/itinerary.ics", views.calendar, name="itinerary"),
]
